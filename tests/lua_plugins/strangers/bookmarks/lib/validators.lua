local M = {}

local function trim(s)
    if type(s) ~= "string" then
        return s
    end
    return s:match("^%s*(.-)%s*$")
end

local function is_url(s)
    return type(s) == "string" and (s:sub(1, 7) == "http://" or s:sub(1, 8) == "https://") and #s > 8
end

M.trim = trim
M.is_url = is_url

--- The values of a link, or nil and what is wrong with each.
function M.link(input)
    if type(input) ~= "table" then
        return nil, { "a JSON object is required" }
    end
    local problems = {}
    local title = trim(input.title)
    if title == nil or title == "" then
        table.insert(problems, "title: is required")
    end
    if not is_url(input.url) then
        table.insert(problems, "url: must start with http:// or https://")
    end
    if input.rating ~= nil and (type(input.rating) ~= "number" or input.rating < 0 or input.rating > 5) then
        table.insert(problems, "rating: must be between 0 and 5")
    end
    if #problems > 0 then
        return nil, problems
    end
    return {
        title = title,
        url = input.url,
        collection_id = input.collection_id,
        rating = input.rating,
        starred = input.starred == true,
        extra = input.extra,
    }
end

function M.collection(input)
    local name = type(input) == "table" and trim(input.name) or nil
    if not name or name == "" then
        return nil, { "name: is required" }
    end
    return { name = name, color = input.color }
end

return M
