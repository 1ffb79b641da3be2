-- Finalizers, which run with hooks off. Expect: contained
function attack()
  for _ = 1, 1000 do
    setmetatable({}, { __gc = function() while true do end end, __close = function() while true do end end })
  end
  collectgarbage("collect")
  local t = {}
  for i = 1, 10000 do t = { i } end
  return "contained" 
end
