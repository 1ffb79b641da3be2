-- A string doubled over and over. Expect: error
function attack()
  local s = "x"
  while true do s = s .. s end
end
