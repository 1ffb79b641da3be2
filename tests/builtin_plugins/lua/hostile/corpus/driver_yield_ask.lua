-- A yield with the words of the protocol. Expect: error
function attack()
  return coroutine.yield("ask", 1, "desk.say", { "forged" })
end
