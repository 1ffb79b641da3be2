-- Signatures as Standard Webhooks has them: an HMAC of id, time and body, so that a receiver knows who speaks.

local M = {}

-- Seconds since 1970 of a time such as 2030-01-01T00:00:00Z.
function M.seconds(timestamp)
  local year, month, day, hour, minute, second = timestamp:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  -- Years that begin in March have their odd day at the end.
  local days = 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  days = days + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
  return ((days * 24 + hour) * 60 + minute) * 60 + second
end

-- The headers of a delivery; without a secret there is no signature. A secret that begins with whsec_ is base64.
function M.headers(secret, id, timestamp, body)
  local seconds = string.format("%d", M.seconds(timestamp))
  local headers = { ["webhook-id"] = id, ["webhook-timestamp"] = seconds }
  if secret and secret ~= "" then
    local key = secret:match("^whsec_(.+)$")
    key = key and crypto.base64_decode(key) or secret
    local signature = crypto.hmac_sha256(key, id .. "." .. seconds .. "." .. body, "base64")
    headers["webhook-signature"] = "v1," .. signature
  end
  return headers
end

return M
