-- A table that contains itself, said to the server. Expect: value
function attack()
  local t = {}
  t.t = t
  return desk.say(t)
end
