-- A string doubled over and over, with errors swallowed. Expect: instructions or memory
function attack()
  local s = "x"
  while true do
    pcall(function() s = s .. s end)
  end
end
