-- Megabytes said to the server, over and over. Expect: calls
function attack()
  local s = ("x"):rep(1e6)
  while true do desk.say({ s, s, s }) end
end
