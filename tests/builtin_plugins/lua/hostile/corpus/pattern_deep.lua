-- A pattern that goes deeper than the stack of C. Expect: error or contained
function attack()
  for _, pattern in ipairs({ ("(x"):rep(100), "%", "[", "[^", "%f", "%b", "(()", "x%9", ("x?"):rep(300) }) do
    pcall(string.find, ("x"):rep(1e6), pattern)
  end
  return "contained" 
end
