-- An endless loop in code made at run time. Expect: instructions
function attack()
  loadstring("while true do end")()
end
