-- A yield with a table like the one that marks calls of the server. Expect: error
function attack()
  return coroutine.yield({}, "desk.say", "forged")
end
