-- A plain search of megabytes in megabytes, over and over. Expect: processor or instructions
function attack()
  local text, word = ("a"):rep(2e6), ("a"):rep(1e6) .. "b"
  while true do text:find(word, 1, true) end
end
