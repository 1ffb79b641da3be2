local feed = {}

--- An iterator over `items` in batches of at most `size`, as a coroutine.
function feed.batches(items, size)
    return coroutine.wrap(function()
        local batch = {}
        for _, item in ipairs(items or {}) do
            batch[#batch + 1] = item
            if #batch == size then
                coroutine.yield(batch)
                batch = {}
            end
        end
        if #batch > 0 then
            coroutine.yield(batch)
        end
    end)
end

return feed
