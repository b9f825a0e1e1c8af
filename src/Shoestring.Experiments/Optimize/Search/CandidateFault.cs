namespace Shoestring.Experiments;

/// <summary>One candidate cannot be made or run: it is left out, and the search goes on.</summary>
sealed class CandidateFault(string message, Exception inner) : Exception(message, inner);
