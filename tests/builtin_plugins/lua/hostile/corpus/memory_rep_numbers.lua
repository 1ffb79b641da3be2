-- Counts that are no numbers to count with. Expect: contained
function attack()
  assert(#("x"):rep(-1e300) == 0 and #("x"):rep(0 / 0) == 0 and #(""):rep(1e300) == 0)
  assert(not pcall(string.rep, "x", 1 / 0))
  return "contained" 
end
