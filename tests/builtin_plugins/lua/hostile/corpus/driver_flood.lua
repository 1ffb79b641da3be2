-- A million small calls of the server. Expect: calls
function attack()
  for i = 1, 1e6 do desk.say(i) end
end
