-- A table whose metamethods would run on its way out. Expect: done
function attack()
  local loop = function() while true do end end
  return setmetatable({ a = 1 }, { __index = loop, __pairs = loop, __len = loop, __tostring = loop, __metatable = {} })
end
