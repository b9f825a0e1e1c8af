using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Adds up what the pieces of a search counted.</summary>
static class SearchCost
{
    /// <summary>
    /// What is used up adds: operations and bytes moved. What is held does not, since one candidate's model is gone before the
    /// next one's comes: the larger counts.
    /// </summary>
    public static Cost Add(Cost left, Cost right) => new()
    {
        Operations = Sum(left.Operations, right.Operations, (one, other) => one + other),
        WeightBytesMoved = Sum(left.WeightBytesMoved, right.WeightBytesMoved, (one, other) => one + other),
        KvCacheBytesMoved = Sum(left.KvCacheBytesMoved, right.KvCacheBytesMoved, (one, other) => one + other),
        OtherBytesMoved = Sum(left.OtherBytesMoved, right.OtherBytesMoved, (one, other) => one + other),
        BytesSent = Sum(left.BytesSent, right.BytesSent, (one, other) => one + other),
        BytesReceived = Sum(left.BytesReceived, right.BytesReceived, (one, other) => one + other),
        WeightBytes = Sum(left.WeightBytes, right.WeightBytes, Math.Max),
        KvCacheBytes = Sum(left.KvCacheBytes, right.KvCacheBytes, Math.Max),
        ActivationBytes = Sum(left.ActivationBytes, right.ActivationBytes, Math.Max),
    };

    static T? Sum<T>(T? left, T? right, Func<T, T, T> join) where T : struct =>
        left is { } one && right is { } other ? join(one, other) : left ?? right;
}
