//! Tasks at once: each walks requests and steps back after each, on as many threads as there are cores.

use std::convert::Infallible;

use http::{HeaderValue, Response, Uri};
use tokio::{
    runtime::{Builder, Runtime},
    task::{JoinSet, yield_now},
};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use super::{
    Point, median,
    paths::{Asked, Inner},
    series::{builder, find, request, token},
    threads::all_on_processor,
};

pub(crate) const SIZES: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// Requests of all tasks together.
const REQUESTS: usize = 20_000;

type Boxed = BoxCloneSyncService<Asked, Response<()>, Infallible>;

pub(crate) fn measure(sizes: &[usize], rounds: usize) -> Vec<Point> {
    let runtime = Builder::new_multi_thread().build().unwrap();
    let bearer: HeaderValue = format!("Bearer {}", token(0, None, 0)).parse().unwrap();
    let known = builder().build(find()).unwrap();
    let verified = builder().without_token_cache().build(find()).unwrap();
    let services = [
        ("inner alone", boxed(Inner)),
        ("known", boxed(known.layer(Inner))),
        ("verified", boxed(verified.layer(Inner))),
    ];
    let mut taken = vec![Vec::with_capacity(rounds); services.len() * sizes.len()];
    for _ in 0..rounds {
        let mut taken = taken.iter_mut();
        for (_, service) in &services {
            for tasks in sizes {
                let spent = round(&runtime, service, &bearer, *tasks);
                taken.next().unwrap().push(spent / (REQUESTS / tasks * tasks) as f64);
            }
        }
    }
    let mut taken = taken.into_iter();
    let mut points = Vec::new();
    for (case, _) in services {
        for size in sizes {
            let nanoseconds = median(taken.next().unwrap());
            points.push(Point { series: "tasks", case, size: *size, instructions: None, nanoseconds });
        }
    }
    points
}

fn boxed<S, R>(service: S) -> Boxed
where
    S: Service<Asked, Response = Response<R>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    R: Send + 'static,
{
    BoxCloneSyncService::new(service.map_response(|answer| answer.map(drop)))
}

/// Nanoseconds of all cores together.
fn round(runtime: &Runtime, service: &Boxed, bearer: &HeaderValue, tasks: usize) -> f64 {
    let each = REQUESTS / tasks;
    runtime.block_on(async {
        let mut set = JoinSet::new();
        let before = all_on_processor();
        for _ in 0..tasks {
            let (mut service, bearer) = (service.clone(), bearer.clone());
            set.spawn(async move {
                for _ in 0..each {
                    let request = request(&Uri::from_static("/me"), Some(&bearer));
                    assert_eq!(service.call(request).await.unwrap().status(), 200);
                    yield_now().await;
                }
            });
        }
        while let Some(done) = set.join_next().await {
            done.unwrap();
        }
        all_on_processor() - before
    })
}
