export async function sleep(millis: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, millis))
}
