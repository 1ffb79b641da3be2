-- A file that requires itself does not hang. Expect: contained
function attack()
  assert(not pcall(require, "missing"))
  assert(not pcall(require, setmetatable({}, { __tostring = function() return "x" end })))
  return "contained" 
end
