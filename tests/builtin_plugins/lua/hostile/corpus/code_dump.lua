-- A function turned into bytecode. Expect: contained
function attack()
  assert(string.dump == nil and ("x").dump == nil)
  return "contained" 
end
