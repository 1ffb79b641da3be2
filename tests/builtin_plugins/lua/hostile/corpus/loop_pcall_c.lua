-- pcall calls functions of C only, each of which raises. Expect: instructions or processor
function attack()
  while true do pcall(pcall, pcall, error) end
end
