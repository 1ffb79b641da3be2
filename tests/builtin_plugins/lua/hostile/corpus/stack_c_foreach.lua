-- foreach within foreach, on the stack of C. Expect: error
function attack()
  local f
  f = function() table.foreach({ 1 }, f) end
  return f()
end
