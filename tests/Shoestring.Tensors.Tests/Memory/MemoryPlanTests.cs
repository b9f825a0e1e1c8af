using CsCheck;

namespace Shoestring.Tensors.Tests;

public class MemoryPlanTests
{
    static readonly Gen<(int Bytes, int First, int Life)[]> Requests = Gen.Select(Gen.Int[0, 5000], Gen.Int[0, 20], Gen.Int[0, 8]).Array[1, 40];

    [Fact]
    public void Buffers_that_live_together_never_share_bytes() => Requests.Sample(requests =>
    {
        MemoryPlan plan = Solved(requests);
        for (int a = 0; a < requests.Length; a++)
        {
            (plan.Offset(a) % 64).ShouldBe(0);
            (plan.Offset(a) + requests[a].Bytes).ShouldBeLessThanOrEqualTo(plan.Bytes);
            for (int b = 0; b < a; b++)
            {
                if (requests[a].First <= requests[b].First + requests[b].Life && requests[b].First <= requests[a].First + requests[a].Life
                    && requests[a].Bytes > 0 && requests[b].Bytes > 0)
                {
                    (plan.Offset(a) + requests[a].Bytes <= plan.Offset(b) || plan.Offset(b) + requests[b].Bytes <= plan.Offset(a)).ShouldBeTrue();
                }
            }
        }
    });

    [Fact]
    public void An_arena_is_no_smaller_than_what_lives_at_once_and_no_larger_than_everything() => Requests.Sample(requests =>
    {
        long most = Enumerable.Range(0, 30).Max(time => requests.Where(r => r.First <= time && time <= r.First + r.Life).Sum(r => Aligned(r.Bytes)));
        Solved(requests).Bytes.ShouldBeInRange(most, requests.Sum(r => Aligned(r.Bytes)));
    });

    [Fact]
    public void Buffers_that_never_live_together_share_bytes()
    {
        MemoryPlan plan = Solved([(1000, 0, 1), (1000, 2, 1), (1000, 4, 1)]);
        plan.Bytes.ShouldBe(1024);
    }

    [Fact]
    public void Absurd_requests_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new MemoryPlan().Request(-1, 0, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => new MemoryPlan().Request(1, 2, 1));
    }

    static long Aligned(long bytes) => (bytes + 63) / 64 * 64;

    static MemoryPlan Solved((int Bytes, int First, int Life)[] requests)
    {
        MemoryPlan plan = new();
        for (int i = 0; i < requests.Length; i++)
        {
            plan.Request(requests[i].Bytes, requests[i].First, requests[i].First + requests[i].Life).ShouldBe(i);
        }
        plan.Solve();
        return plan;
    }
}
