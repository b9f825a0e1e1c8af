namespace Shoestring.Experiments;

/// <summary>How far a search is.</summary>
/// <param name="Done">Pieces of work that are finished.</param>
/// <param name="Total">All pieces that are in sight: fewer once candidates are given up, more when those that remain are scored further.</param>
/// <param name="Current">The candidate in work, or the one just finished.</param>
/// <param name="State">What is happening to it.</param>
/// <param name="Elapsed">Time since the search began.</param>
/// <param name="Remaining">Expected time for the pieces in sight, or null before anything was measured.</param>
public sealed record SearchProgress(int Done, int Total, string Current, CandidateState State, TimeSpan Elapsed, TimeSpan? Remaining)
{
    /// <summary>What is known of the candidate so far, or null before it was scored.</summary>
    public Candidate? Row { get; init; }
}

/// <summary>What happened to a candidate.</summary>
public enum CandidateState
{
    /// <summary>A piece of its measuring begins.</summary>
    Measuring,

    /// <summary>It was scored on a part of the text.</summary>
    Scored,

    /// <summary>Others beat it, and it is not measured further.</summary>
    GivenUp,

    /// <summary>All of it was measured.</summary>
    Measured,

    /// <summary>An earlier search's measurement was reused.</summary>
    Reused,

    /// <summary>It was left out.</summary>
    LeftOut,
}
