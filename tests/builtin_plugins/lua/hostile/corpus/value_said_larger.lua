-- More said to the server at once than fits into a message. Expect: value
function attack()
  local s = ("x"):rep(1e6)
  return desk.say({ s, s, s, s, s })
end
