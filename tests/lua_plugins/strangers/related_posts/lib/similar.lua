local similar = {}

local function words(text)
    local set, n = {}, 0
    for word in string.gmatch(string.lower(text or ""), "%a%a%a%a+") do
        if not set[word] then
            set[word] = true
            n = n + 1
        end
    end
    return set, n
end

--- How much two texts share: from 0 to 1.
function similar.score(a, b)
    local left, n = words(a)
    local right, m = words(b)
    if n + m == 0 then
        return 0
    end
    local both = 0
    for word in pairs(left) do
        if right[word] then
            both = both + 1
        end
    end
    return both / (n + m - both)
end

--- The `n` posts most like the one with this id.
function similar.to(id, all, n)
    local me
    for _, post in ipairs(all) do
        if post.id == id then
            me = post
        end
    end
    local scored = {}
    for _, post in ipairs(all) do
        if post.id ~= id then
            local score = similar.score(me and me.title, post.title)
            if score > 0 then
                table.insert(scored, { id = post.id, title = post.title, score = score })
            end
        end
    end
    table.sort(scored, function(a, b)
        if a.score == b.score then
            return a.id < b.id
        end
        return a.score > b.score
    end)
    local best = {}
    for i = 1, math.min(n, #scored) do
        best[i] = scored[i].title
    end
    return best
end

return similar
