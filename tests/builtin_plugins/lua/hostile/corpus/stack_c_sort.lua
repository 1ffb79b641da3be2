-- sort within sort, on the stack of C. Expect: error
function attack()
  local f
  f = function()
    table.sort({ 1, 2, 3 }, f)
    return true
  end
  return f()
end
