namespace Shoestring.Tensors;

/// <summary>
/// A piece of work that is cut into chunks by its shape alone. A chunk writes only what it owns, so any thread may run
/// any chunk at any time and the result is the same.
/// </summary>
public abstract class ChunkedWork
{
    /// <summary>Runs chunk <paramref name="chunk"/> on worker <paramref name="worker"/> (0 is the calling thread).</summary>
    public abstract void Run(int chunk, int worker);
}
