-- Code that makes code that makes code. Expect: instructions or error
function attack()
  local text = "return loadstring(...)(...)"
  return loadstring(text)(text)
end
