namespace Shoestring.Models;

/// <summary>Names from files in one-line messages.</summary>
static class Names
{
    /// <summary><paramref name="name"/> cut to 60 characters, with '?' for what does not print.</summary>
    public static string Printable(string name) =>
        string.Concat(name.Take(60).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + (name.Length > 60 ? "…" : "");
}
