-- gsub within __index within gsub. Expect: error
function attack()
  local t
  t = setmetatable({}, { __index = function() return (("a"):gsub(".", t)) end })
  return ("a"):gsub(".", t)
end
