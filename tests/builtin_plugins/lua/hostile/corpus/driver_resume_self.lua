-- A coroutine that resumes itself. Expect: contained
function attack()
  local me = coroutine.running()
  assert(not coroutine.resume(me))
  return "contained" 
end
