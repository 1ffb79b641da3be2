-- Metamethods of _G that never end, for whoever looks up a name. Expect: contained
function attack()
  setmetatable(_G, {
    __index = function() while true do end end,
    __newindex = function() while true do end end,
  })
  return "contained" 
end
