-- A log that floods between calls of the server. Expect: calls
function attack()
  while true do
    for _ = 1, 5 do print("x") end
    desk.say(1)
  end
end
