-- A table that contains itself. Expect: value
function attack()
  local t = {}
  t.t = t
  return t
end
