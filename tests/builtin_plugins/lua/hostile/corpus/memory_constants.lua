-- Code with a million constants. Expect: contained or error or memory
function attack()
  local parts = {}
  for i = 1, 1e5 do parts[i] = '"' .. i .. '"' end
  loadstring("return {" .. table.concat(parts, ",") .. "}")
  return "contained" 
end
