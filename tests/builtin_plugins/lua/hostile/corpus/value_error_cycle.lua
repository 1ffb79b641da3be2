-- An error that contains itself. Expect: error
function attack()
  local t = {}
  t.message = t
  error(t)
end
