-- A coroutine that resumes the one that waits for it. Expect: contained
function attack()
  local me = coroutine.running()
  local inner = coroutine.wrap(function() return coroutine.resume(me) end)
  assert(inner() == false)
  return "contained" 
end
