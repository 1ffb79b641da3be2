-- A list with an item at a billion, said to the server. Expect: contained
function attack()
  local answer = desk.say({ [1] = "a", [1e9] = "b" })
  return type(answer) == "table" and "contained" 
end
