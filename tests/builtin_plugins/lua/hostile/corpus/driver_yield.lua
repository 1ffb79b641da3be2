-- A yield that looks like a call of the server. Expect: error
function attack()
  return coroutine.yield("desk.say", "forged")
end
