-- Megabytes said to the server, over and over. Expect: memory or calls or value
function attack()
  local s = ("x"):rep(1e6)
  while true do desk.say({ s, s, s, s, s, s }) end
end
