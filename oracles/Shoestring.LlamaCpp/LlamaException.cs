namespace Shoestring.LlamaCpp;

/// <summary>llama.cpp refused or failed; the message ends with what its own log said.</summary>
public sealed class LlamaException(string message) : Exception(message);
