-- gsub within gsub, on the stack of C. Expect: error
function attack()
  local f
  f = function() return (("a"):gsub(".", f)) end
  return f()
end
