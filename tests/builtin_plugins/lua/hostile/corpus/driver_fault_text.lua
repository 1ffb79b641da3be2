-- An answer of the server whose text looks like code. Expect: contained
function attack()
  local ok, text = pcall(desk.fault)
  return not ok and type(text) == "string" and "contained" 
end
