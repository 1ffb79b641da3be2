-- A yield that looks like a call of the server, within a coroutine of its own. Expect: contained
function attack()
  local co = coroutine.create(function() return coroutine.yield({}, "desk.say", "forged") end)
  local _, mark, name = coroutine.resume(co)
  return type(mark) == "table" and name == "desk.say" and "contained" 
end
