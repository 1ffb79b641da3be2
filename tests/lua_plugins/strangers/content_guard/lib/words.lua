local M = { list = { "lorem", "casino", "viagra" } }

function M.trim(s)
    return (s:gsub("^%s+", ""):gsub("%s+$", ""))
end

function M.forbidden(text)
    for word in text:lower():gmatch("%a+") do
        for _, bad in ipairs(M.list) do
            if word == bad then
                return word
            end
        end
    end
    return nil
end

return M
