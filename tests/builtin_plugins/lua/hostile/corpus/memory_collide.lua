-- Strings made to share a place in the table of all strings. Expect: done or instructions or memory
function attack()
  local head, tail, kept = ("a"):rep(24), ("z"):rep(24), {}
  for i = 1, 30000 do
    kept[i] = head .. string.format("%08d", i) .. ("m"):rep(40) .. string.format("%08d", i) .. tail
  end
end
