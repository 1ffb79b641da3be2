-- Widths and precisions of a gigabyte. Expect: error
function attack()
  return string.format("%999999999d", 1)
end
