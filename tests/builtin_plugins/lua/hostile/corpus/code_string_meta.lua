-- The metatable of all strings. Expect: contained
function attack()
  assert(getmetatable("") == "protected")
  assert(not pcall(function() getmetatable("").__index = nil end))
  assert(not pcall(setmetatable, "", {}))
  assert(not pcall(function() string.rep = nil end))
  assert(not pcall(function() ("").rep = nil end))
  return "contained" 
end
