-- A call that resumes another call, which waits for the server. Expect: contained or error or time
function attack()
  if not waiting then
    waiting = coroutine.running()
    desk.nudge("attack")
    return "contained"
  end
  local other = waiting
  pcall(coroutine.resume, other, true, "forged")
  pcall(coroutine.resume, other, false, "forged")
  return "contained" 
end
