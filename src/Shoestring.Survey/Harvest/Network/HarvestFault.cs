namespace Shoestring.Survey;

/// <summary>Why one address gave no file; the harvest goes on without it.</summary>
/// <param name="reason">In words, the same for the same cause.</param>
/// <param name="status">The server's status code, where it answered.</param>
/// <param name="inner">The cause.</param>
class HarvestFault(string reason, int? status = null, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>The server's status code, or null.</summary>
    public int? Status { get; } = status;

    /// <summary>Whether a rule or a limit stopped it, and not the server's failing.</summary>
    public bool IsPolicy { get; init; }
}

/// <summary>A body ended or stalled before its time: asking for the rest is worth a try.</summary>
sealed class InterruptedBody(string reason, Exception? inner = null) : HarvestFault(reason, null, inner);

/// <summary>A host's address leads into this machine or its network.</summary>
sealed class AddressRefused : HarvestFault
{
    public AddressRefused(string host, string kind) : base($"{host} is {kind}, which is refused without --allow-private") => IsPolicy = true;
}
